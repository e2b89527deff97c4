"""Certificate Manager: certificates and their validation. Source: the ACM User Guide."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, Source

_LIMITS = Source(
    "AWS Certificate Manager User Guide: Quotas", "https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html"
)
_DETAIL = Source(
    "AWS Certificate Manager API Reference: CertificateDetail",
    "https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html",
)
_REQUEST = Source(
    "AWS Certificate Manager API Reference: RequestCertificate",
    "https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html",
)

CERTIFICATES: Final = Fact(
    "acm.certificates",
    2_500,
    "certificates per account and region",
    Grade.DOCUMENTED,
    "An account may have 2,500 certificates in a region unless the quota is raised.",
    _LIMITS,
)
NAMES_PER_CERTIFICATE: Final = Fact(
    "acm.names_per_certificate",
    10,
    "domain names per certificate",
    Grade.DOCUMENTED,
    "A certificate may carry ten domain names unless the quota is raised.",
    _LIMITS,
)
VALIDATION_HOURS: Final = Fact(
    "acm.validation_hours",
    72,
    "hours",
    Grade.DOCUMENTED,
    "A certificate whose domain is not validated within 72 hours is given up.",
    _DETAIL,
)
DOMAIN_CHARACTERS: Final = Fact(
    "acm.domain_characters",
    253,
    "characters",
    Grade.DOCUMENTED,
    "A domain name in a certificate has at most 253 characters.",
    _REQUEST,
)
