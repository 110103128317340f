"""Where STS is, held against botocore's own rules."""

from pathlib import Path

import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import create_loader

from actionkit.aws import endpoints

LOADER = create_loader()
PARTITIONS = LOADER.load_data("partitions")
BOTOCORE = EndpointProvider(LOADER.load_service_model("sts", "endpoint-rule-set-1"), PARTITIONS)
REGIONS = [r for p in PARTITIONS["partitions"] for r in p["regions"] if not r.endswith("-global")]


@pytest.mark.parametrize("fips", [False, True])
@pytest.mark.parametrize("dual_stack", [False, True])
def test_every_region_has_botocores_endpoint(fips: bool, dual_stack: bool) -> None:
    ours = {r: endpoints.regional(r, fips=fips, dual_stack=dual_stack) for r in (*REGIONS, "eu-new-7")}
    parameters = {"UseFIPS": fips, "UseDualStack": dual_stack, "UseGlobalEndpoint": False}
    assert ours == {r: BOTOCORE.resolve_endpoint(Region=r, **parameters).url for r in ours}


OWN = "https://vpce-1.sts.eu-west-1.vpce.amazonaws.com"
CONFIG = f"""\
[default]
services = ours
use_fips_endpoint = true
[services ours]
sts =
  endpoint_url = {OWN}
"""


@pytest.mark.parametrize(
    ("environ", "config", "url"),
    [
        ({}, "", "https://sts.eu-west-1.amazonaws.com"),
        ({"AWS_USE_FIPS_ENDPOINT": "TRUE"}, "", "https://sts-fips.eu-west-1.amazonaws.com"),
        ({"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "", "https://sts.eu-west-1.api.aws"),
        ({"AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_STS": OWN}, "", OWN),
        ({"AWS_ENDPOINT_URL": "http://all"}, "", "http://all"),
        (
            {"AWS_ENDPOINT_URL_STS": OWN, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
            "",
            "https://sts.eu-west-1.amazonaws.com",
        ),
        ({"AWS_ENDPOINT_URL": "http://all"}, CONFIG, OWN),
        ({"AWS_ENDPOINT_URL_STS": "http://first"}, CONFIG, "http://first"),
        ({}, "[default]\nendpoint_url = http://all\n", "http://all"),
        ({}, "[default]\nuse_fips_endpoint = true\n", "https://sts-fips.eu-west-1.amazonaws.com"),
        (
            {"AWS_USE_FIPS_ENDPOINT": "false"},
            "[default]\nuse_fips_endpoint = true\n",
            "https://sts.eu-west-1.amazonaws.com",
        ),
        ({}, "[profile other]\nendpoint_url = http://other\n", "https://sts.eu-west-1.amazonaws.com"),
    ],
)
def test_settings_of_the_job_and_of_the_file_count_in_the_order_of_the_sdks(
    environ: dict[str, str], config: str, url: str, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text(config)
    assert endpoints.sts("eu-west-1", {"AWS_CONFIG_FILE": str(tmp_path / "config"), **environ}) == url
