"""Where things are in the checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ACTIONS = ("assume-role", "build-push", "eks-deploy")
CREDENTIAL_INPUTS = ROOT / "shared" / "actionkit" / "aws" / "inputs.yml"
