"""What each kind of act does: one handler a kind, through the actions of the rooms."""
