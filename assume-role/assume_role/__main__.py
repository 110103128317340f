"""`python -ISB …/assume_role FILE`: what `credential_process` of a renewing profile starts."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from assume_role.renewal import main

sys.exit(main(sys.argv[1:]))
