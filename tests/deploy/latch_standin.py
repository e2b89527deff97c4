"""The latch's function in the emulator: its own code, asking a DNS server of the test, on the test's clock.

In AWS the function asks the resolver of its VPC. Here nothing may listen at that address, so a few lines beside the
code tell it another one. They change no decision: they divide its times by the speed of the Route 53 stand-in.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from compiler.support.data_files import latch_code
from tests.deploy.resolver import answered, open_resolver
from tests.deploy.route53_standin import StandIn

Json = Any
_BESIDE = """\
import functools
import index
index.LOOK_SECONDS /= {speed}
index.KNOWN_SECONDS /= {speed}
index.RELEASE_SECONDS /= {speed}
index._latch._long /= {speed}
index._latch._look = functools.partial(index.resolve, servers=["127.0.0.1"], port={port})
handler = index.handler
"""


@contextmanager
def resolving(standin: StandIn, host: str, client: Any, function: str) -> Iterator[str]:
    """Lets the function of the latch resolve `host` as the stand-in answers; `client` is one of Lambda.

    Returns the address of the DNS server, for `--resolver`.
    """

    def answer(question: bytes) -> bytes:
        text = standin.resolve(host, "TXT").encode()
        return answered(question, (16, bytes([len(text)]) + text))

    with open_resolver() as resolver:
        resolver.answer = answer
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("index.py", latch_code())
            archive.writestr("beside.py", _BESIDE.format(speed=standin.speed, port=resolver.address[1]))
        client.update_function_code(FunctionName=function, ZipFile=packed.getvalue())
        client.update_function_configuration(FunctionName=function, Handler="beside.handler")
        yield f"127.0.0.1:{resolver.address[1]}"
