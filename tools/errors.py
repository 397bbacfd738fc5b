"""The one error that is shown to people and models; everything else that is raised is a bug and stays loud."""


class ToolError(Exception):
    """A request that cannot be met: `message` says why, `hint` names the nearest valid choice or what to try next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message = message
        self.hint = hint
