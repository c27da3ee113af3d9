"""Official documents: one content model, written as PDF/A-2b and as .docx in the layout of GB/T 9704-2012.

`forms` turns facts into a `model.Document`; `pdf.render` and `docx.render` write it: bytes out, nothing on disk.
Refusals are `refusals.Refusal(code, **params)`. See docs/documents.md.
"""
