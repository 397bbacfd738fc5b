"""The relay to Slack: mentions, messages, commands and buttons become questions; answers become Block Kit."""
