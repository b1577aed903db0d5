"""Small ONNX files: weights stored in half precision, computed with in single."""

from pathlib import Path
from typing import Any, Final

import numpy as np

_MIN_VALUES: Final = 256  # smaller tensors are not worth a node


def store_half(source: Path, target: Path) -> None:
    """Copy an ONNX file with its large float32 weights stored as float16 behind a Cast.

    Both engines fold the casts when they load the file, so speed and precision of the computation stay as they are.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(source))
    graph = model.graph
    casts: list[Any] = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < _MIN_VALUES:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
        casts.append(onnx.helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(target))
