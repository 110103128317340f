"""Where STS is: regional always, unless the job's settings name another endpoint.

The settings are those of every AWS SDK: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from actionkit.aws import regions

# FIPS endpoints that are the ordinary ones: https://aws.amazon.com/compliance/fips/
GOVCLOUD = "aws-us-gov"


def sts(region: str, environ: Mapping[str, str]) -> str:
    """The URL of STS in `region`."""
    profile = _default_profile(environ)
    if url := _configured(environ, profile):
        return url
    return regional(
        region,
        fips=_is_true(environ.get("AWS_USE_FIPS_ENDPOINT") or profile.get("use_fips_endpoint")),
        dual_stack=_is_true(
            environ.get("AWS_USE_DUALSTACK_ENDPOINT") or profile.get("use_dualstack_endpoint")
        ),
    )


def regional(region: str, *, fips: bool, dual_stack: bool) -> str:
    """AWS's own endpoint. A test holds it against botocore's rules for every region."""
    name = "sts-fips" if fips and (dual_stack or regions.partition(region) != GOVCLOUD) else "sts"
    return f"https://{name}.{region}.{regions.suffix(region, dual_stack=dual_stack)}"


def _configured(environ: Mapping[str, str], profile: Mapping[str, Any]) -> str:
    if _is_true(
        environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") or profile.get("ignore_configured_endpoint_urls")
    ):
        return ""
    return str(
        environ.get("AWS_ENDPOINT_URL_STS")
        or profile.get("sts_endpoint_url")
        or environ.get("AWS_ENDPOINT_URL")
        or profile.get("endpoint_url")
        or ""
    )


def _default_profile(environ: Mapping[str, str]) -> Mapping[str, Any]:
    """The settings of the profile `default` in AWS's configuration file, where there is one.

    `sts_endpoint_url` among them is the one of STS in the `services` section that the profile names.
    """
    file = Path(environ.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser()
    if not file.is_file():
        return {}
    from botocore.configloader import load_config  # noqa: PLC0415 - few runners have the file, all pay imports

    content = load_config(str(file))
    profile = dict(content["profiles"].get("default", {}))
    services = content.get("services", {}).get(profile.get("services"), {})
    own = services.get("sts", {})
    return {**profile, "sts_endpoint_url": own.get("endpoint_url") if isinstance(own, dict) else None}


def _is_true(text: str | None) -> bool:
    return (text or "").strip().lower() == "true"
