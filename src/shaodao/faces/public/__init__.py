"""公开: what everybody may see without signing in. Figures, published cases, open data and feeds; Chinese and English."""
