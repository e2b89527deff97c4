"""The functions of the shell script that `commands` writes."""

from __future__ import annotations

import json

from compiler.deploy.artifacts import tls_only

_POLICY = json.dumps(tls_only("@BUCKET@"))

_TEXT = r"""
# Nothing of it is to wait for a reader.
export AWS_PAGER=
ERRORS=$(mktemp)
trap 'rm -f "$ERRORS"' EXIT
number=0

# What a stack says, nothing where there is no stack: told REGION STACK QUERY
# Whatever else goes wrong ends the script: an answer that was lost must not be taken for an empty one.
told() {
  if said=$(aws cloudformation describe-stacks --region "$1" --stack-name "$2" --query "$3" --output text \
    2>"$ERRORS"); then
    if [ "$said" != None ]; then
      printf '%s\n' "$said"
    fi
  elif ! grep -q 'does not exist' "$ERRORS"; then
    cat "$ERRORS" >&2
    return 1
  fi
}

# The value of an output: output REGION STACK OUTPUT
output() {
  value=$(told "$1" "$2" "Stacks[0].Outputs[?OutputKey=='$3'].OutputValue | [0]") || return 1
  if [ -z "$value" ]; then
    echo "the stack $2 has no output $3 yet" >&2
    return 1
  fi
  printf '%s\n' "$value"
}

# Ends the script before certificates are asked for that could not be issued: delegated REGION STACK ZONE-REGION STACK
delegated() {
  there=$(told "$1" "$2" "Stacks[0].Outputs[?OutputKey=='CertificateArn'].OutputValue | [0]")
  if [ -z "$there" ] && [ "${DELEGATED:-}" != yes ]; then
    servers=$(output "$3" "$4" NameServers)
    echo "Enter these name servers at the parent domain: $servers" >&2
    echo "Then run this again with DELEGATED=yes; it goes on from here." >&2
    exit 1
  fi
}

# A bucket for code and templates, made where there is none: versioned, private, TLS only: bucket REGION NAME
bucket() {
  if ! aws s3api head-bucket --region "$1" --bucket "$2" --expected-bucket-owner "$ACCOUNT" >/dev/null 2>"$ERRORS"; then
    if ! grep -q '(404)' "$ERRORS"; then
      cat "$ERRORS" >&2
      return 1
    fi
    if [ "$1" = us-east-1 ]; then
      aws s3api create-bucket --region "$1" --bucket "$2" >/dev/null
    else
      aws s3api create-bucket --region "$1" --bucket "$2" \
        --create-bucket-configuration "LocationConstraint=$1" >/dev/null
    fi
  fi
  aws s3api put-bucket-versioning --region "$1" --bucket "$2" --versioning-configuration Status=Enabled
  aws s3api put-public-access-block --region "$1" --bucket "$2" --public-access-block-configuration \
    BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
  if ! aws s3api get-bucket-policy --region "$1" --bucket "$2" >/dev/null 2>"$ERRORS"; then
    if ! grep -q NoSuchBucketPolicy "$ERRORS"; then
      cat "$ERRORS" >&2
      return 1
    fi
    policy=$(printf '%s' "$POLICY" | sed "s/@BUCKET@/$2/g")
    aws s3api put-bucket-policy --region "$1" --bucket "$2" --policy "$policy"
  fi
}

# A file under a key, with its digest, which S3 checks and keeps: upload REGION BUCKET KEY FILE
upload() {
  aws s3api put-object --region "$1" --bucket "$2" --key "$3" --body "$4" \
    --checksum-algorithm SHA256 --expected-bucket-owner "$ACCOUNT" >/dev/null
}

# Names of the parameters that a person or an earlier wave set: what differs from the default of the template that is
# deployed: chosen REGION STACK
chosen() {
  values=$(told "$1" "$2" 'Stacks[0].Parameters[].[ParameterKey,ParameterValue]') || return 1
  defaults=$(aws cloudformation get-template-summary --region "$1" --stack-name "$2" \
    --query 'Parameters[].[ParameterKey,DefaultValue]' --output text) || return 1
  printf '%s\n@\n%s\n' "$defaults" "$values" | awk -F '\t' '
    $1 == "@" { deployed = 1; next }
    !deployed { byDefault[$1] = $2; next }
    $2 != "" && $2 != byDefault[$1] { print $1 }'
}

# One change set, executed: change REGION STACK TEMPLATE-URL CAPABILITIES OTHER-PARAMETERS PARAMETER...
# The others keep the value they were given once; the rest of them has the template's default.
change() {
  region=$1 stack=$2 url=$3 capabilities=$4 others=$5
  shift 5
  status=$(told "$region" "$stack" 'Stacks[0].StackStatus')
  if [ "$status" = ROLLBACK_COMPLETE ]; then
    # A first deployment failed, and an empty stack is left of it.
    aws cloudformation delete-stack --region "$region" --stack-name "$stack"
    aws cloudformation wait stack-delete-complete --region "$region" --stack-name "$stack"
    status=
  fi
  case $status in
    "" | REVIEW_IN_PROGRESS) type=CREATE until=stack-create-complete ;;
    *)
      type=UPDATE until=stack-update-complete
      kept=$(chosen "$region" "$stack")
      for name in $others; do
        if printf '%s\n' "$kept" | grep -qx "$name"; then
          set -- "$@" "ParameterKey=$name,UsePreviousValue=true"
        fi
      done
      ;;
  esac
  number=$((number + 1))
  name="manual-$(date +%Y%m%d%H%M%S)-$$-$number"
  # shellcheck disable=SC2086 # each capability is a word of its own
  aws cloudformation create-change-set --region "$region" --stack-name "$stack" --change-set-name "$name" \
    --change-set-type "$type" --template-url "$url" --capabilities $capabilities --parameters "$@"@TAGS@ >/dev/null
  if aws cloudformation wait change-set-create-complete --region "$region" --stack-name "$stack" \
    --change-set-name "$name" 2>"$ERRORS"; then
    echo "$stack: $type"
    # Look at it: nothing that holds data may be removed or replaced.
    aws cloudformation describe-change-set --region "$region" --stack-name "$stack" --change-set-name "$name" \
      --query 'Changes[].ResourceChange.[Action,Replacement,ResourceType,LogicalResourceId]' --output text
    aws cloudformation execute-change-set --region "$region" --stack-name "$stack" --change-set-name "$name" \
      --retain-except-on-create
    if ! aws cloudformation wait "$until" --region "$region" --stack-name "$stack"; then
      aws cloudformation describe-stack-events --region "$region" --stack-name "$stack" --output text --query \
        "StackEvents[?ends_with(ResourceStatus,'_FAILED')].[LogicalResourceId,ResourceStatusReason]" >&2
      return 1
    fi
  else
    reason=$(aws cloudformation describe-change-set --region "$region" --stack-name "$stack" \
      --change-set-name "$name" --query StatusReason --output text)
    aws cloudformation delete-change-set --region "$region" --stack-name "$stack" --change-set-name "$name"
    case $reason in
      *"didn't contain changes"* | *"No updates are to be performed"*) echo "$stack: nothing to change" ;;
      *)
        cat "$ERRORS" >&2
        echo "$stack: $reason" >&2
        return 1
        ;;
    esac
  fi
  # A script that was ended in between may have left it off.
  aws cloudformation update-termination-protection --region "$region" --stack-name "$stack" \
    --enable-termination-protection >/dev/null
}
"""

FUNCTIONS = f"\nPOLICY='{_POLICY}'\n{_TEXT}"
"""Text of the functions; `@TAGS@` stands for the option that sets tags."""
