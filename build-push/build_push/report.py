"""What the step leaves: outputs, and a summary."""

from dataclasses import dataclass, replace

from actionkit.runner import Runner
from build_push import summary
from build_push.ecr import Image
from build_push.result import Built
from build_push.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A build that succeeded. `image` is what the registry has, None without a push."""

    built: Built
    image: Image | None
    platform: str
    dockerfile: str
    seconds: float

    def confirmed(self, image: Image) -> "Outcome":
        return replace(self, image=image)


def write(runner: Runner, wanted: Settings, outcome: Outcome) -> None:
    repository = wanted.repositories[0] if wanted.repositories else None
    digest = outcome.image.digest if outcome.image else outcome.built.digest
    image = f"{repository.uri}@{digest}" if repository and outcome.image else ""
    tags = [str(tag) for tag in wanted.tags]
    runner.set_output("image", image)
    runner.set_output("digest", digest)
    runner.set_output("tags", "\n".join(tags))
    runner.set_output("metadata", outcome.built.metadata)
    runner.set_output("repository-name", repository.name if repository else "")
    runner.set_output("imageid", outcome.built.image_id)
    runner.info(f"Pushed {image}" if image else f"Built {digest or outcome.built.image_id}")
    runner.append_summary(
        summary.render(
            summary.Report(
                image=image,
                digest=digest,
                tags=tags,
                platform=outcome.platform,
                size=outcome.image.size if outcome.image else 0,
                seconds=outcome.seconds,
                dockerfile=outcome.dockerfile,
                target=wanted.build.target,
            )
        )
    )
