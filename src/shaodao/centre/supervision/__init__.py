"""Supervision: orders (督办单) and what was put right, leaders' notes (批示), county coordination (县级统筹)."""
