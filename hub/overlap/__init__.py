"""Overlap: lists of people beside each other, without a workspace. Files in, one page out; nothing leaves the machine.

Records of systems stand beside them where the caller brings some (``systems``).

reading → columns → records → people → picture → page, one module each; ``look`` walks them.
"""
