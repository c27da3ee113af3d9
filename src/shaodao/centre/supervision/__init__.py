"""Supervision: orders (督办单) with the register of what was put right, leaders' notes (批示), county coordination (县级统筹)."""
