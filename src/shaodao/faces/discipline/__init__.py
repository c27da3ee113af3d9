"""监督工作台: pages that do not exist for anybody but the members of the discipline side."""
