"""大屏: what a whole room reads. Figures and what arrives, without persons; refreshed by itself, for months on end."""
