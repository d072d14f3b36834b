"""The main job: summaries are collected, merged, committed and archived, one step per module."""
