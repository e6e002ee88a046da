"""Tests of importing ONNX files, where ONNX and its runtime are installed."""
