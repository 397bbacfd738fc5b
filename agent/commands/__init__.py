"""What each command of the command line does; imported only when its command is called, so that `--help` stays fast."""
