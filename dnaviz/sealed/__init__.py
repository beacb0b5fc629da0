"""The model outside of Python: ONNX graphs, and the inspector as one file without a server."""
