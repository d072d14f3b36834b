"""The structural three-way merge: pure, deterministic, the same whichever side is called ours."""
