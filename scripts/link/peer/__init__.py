"""The link protocol a second time, written from firmware-proto/PROTOCOL.md alone.

It looks at neither the encoder for boards nor the program's decoder, so that tests find where these
and the document differ. It is plain rather than fast, and needs nothing but Python.
"""
