"""Small ONNX files: weights stored in half precision, computed with in single."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor, nn

_MIN_VALUES: Final = 256  # smaller tensors are not worth a node


def export_network(
    network: "nn.Module", example: "Tensor", target: Path, axes: Mapping[str, Mapping[int, str]]
) -> None:
    """Write a network as an ONNX file with weights in half precision.

    Args:
        network: it is set to inference.
        example: an input (n, c, h, w).
        target: the file.
        axes: names of input and output, in this order, and which of their axes may have any length.
    """
    import torch

    source, result = axes
    options: dict[str, Any] = {"dynamo": False, "opset_version": 17}
    network.eval()
    with TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        torch.onnx.export(
            network,
            (example,),
            str(whole),
            input_names=[source],
            output_names=[result],
            dynamic_axes=axes,
            **options,
        )
        store_half(whole, target)


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
