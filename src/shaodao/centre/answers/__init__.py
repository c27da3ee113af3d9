"""知识库: answers that residents find before they file, and the ways out for what is none of the items."""
