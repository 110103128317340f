"""The one version of all three actions, and where they come from."""

VERSION = "0.1.0"
ISSUES = "https://github.com/org/eks-actions/issues"
