"""The pill detector: YOLO11n with one class, trained from scratch on composites and real training photos.

The learning rate follows the clock, not the epochs: a cosine that ends when the given minutes are used up, whatever
else the machine does meanwhile.
"""

import json
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pillapp.paths import models_dir
from pillapp.training.cards import write_card
from pillapp.training.datasets import work_dir
from pillapp.training.detection.pictures import held_out_pictures, run_dir, write_lists
from pillapp.training.learning_rate import rate_at
from pillapp.training.onnx_files import store_half

NMS_IOU: Final = 0.6  # touching pills overlap by their boxes
TRAIN_SIZE: Final = 416  # px: three times as many pictures in the same time as at 640
INPUT_SIZE: Final = 640  # px the program looks at
PEAK_RATE: Final = 1.5e-3
START_RATE: Final = 0.5  # share of the peak for weights that know most of it
SAVE_EVERY: Final = 240.0  # seconds


def quiet_ultralytics() -> None:
    """Settings ultralytics reads at import: no network, no installing, all cores unless the environment says how many."""
    config = work_dir() / "ultralytics"
    font = config / "Ultralytics" / "Arial.ttf"
    if not font.exists():  # it would be downloaded; any font will do, nothing is drawn
        import matplotlib

        font.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", font)
    os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count() or 1))
    os.environ.update(YOLO_OFFLINE="true", YOLO_AUTOINSTALL="false", YOLO_CONFIG_DIR=str(config))


def train(minutes: float, composites: int, resume: bool, start: Path | None = None) -> Path:
    """Train for ``minutes`` of wall time; returns the checkpoint.

    ``resume`` goes on with an interrupted run; ``start`` begins a new one, at :data:`START_RATE` of the usual rate, with the
    weights of an earlier checkpoint.
    """
    quiet_ultralytics()
    import torch
    import ultralytics.engine.trainer as engine
    from ultralytics.models.yolo.detect import DetectionTrainer
    from ultralytics.utils import LOGGER

    cuda = torch.cuda.is_available()
    if not cuda:  # ultralytics offers bfloat16 on CUDA only; on a CPU it trains half as fast again
        engine.autocast = lambda *_args, **_options: torch.autocast("cpu", torch.bfloat16)
    clock = run_dir() / "clock.json"
    last = run_dir() / "run" / "weights" / "last.pt"
    spent = float(json.loads(clock.read_text())["seconds"]) if resume else 0.0
    settings: dict[str, Any] = {
        "model": str(last) if resume else str(start or "yolo11n.yaml"),
        "resume": str(last) if resume else False,
        "data": str(write_lists(composites)),
        "project": str(run_dir()),
        "name": "run",
        "exist_ok": True,
        "imgsz": TRAIN_SIZE,
        "batch": 16,
        "nbs": 16,
        "epochs": 1000,  # the clock ends the run
        "pretrained": start is not None,  # ultralytics leaves the weights of a given checkpoint out without it
        "optimizer": "AdamW",
        "lr0": PEAK_RATE,
        "weight_decay": 5e-4,
        "warmup_epochs": 0,
        "amp": cuda,
        "device": 0 if cuda else "cpu",
        "plots": False,
        "mosaic": 0.15,
        "close_mosaic": 0,
        "scale": 0.5,
        "translate": 0.1,
        "flipud": 0.5,
        "hsv_s": 0.5,
        "seed": 7,
    }

    class Trainer(DetectionTrainer):
        def __init__(self, **options: Any) -> None:
            super().__init__(overrides=options)
            self.args.workers = 8 if cuda else 1  # ultralytics sets 0 on the CPU; one keeps both cores busy

    peak = PEAK_RATE * (START_RATE if start else 1.0)
    started = saved = time.monotonic()

    def on_train_start(trainer: Any) -> None:
        nonlocal started
        started = time.monotonic()
        trainer.model.to(memory_format=torch.channels_last)
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))  # ultralytics leaves one core out

    def on_train_batch_start(trainer: Any) -> None:
        share = (spent + time.monotonic() - started) / (minutes * 60)
        for group in trainer.optimizer.param_groups:
            group["lr"] = peak * rate_at(share)

    def on_train_batch_end(trainer: Any) -> None:
        nonlocal saved
        now = time.monotonic()
        trainer.stop = spent + now - started >= minutes * 60
        if now - saved > SAVE_EVERY:
            saved = now
            trainer.save_model()
            clock.write_text(json.dumps({"seconds": spent + now - started}))
            losses = {key: round(float(value), 3) for key, value in (trainer.tloss or {}).items()}
            LOGGER.info(f"\n{(spent + now - started) / 60:.1f} min, losses {losses}")

    trainer = Trainer(**settings)
    trainer.add_callback("on_train_start", on_train_start)
    trainer.add_callback("on_train_batch_start", on_train_batch_start)
    trainer.add_callback("on_train_batch_end", on_train_batch_end)
    trainer.train()
    return last


def average(checkpoints: Sequence[Path]) -> Path:
    """Put the average of several checkpoints of one family in the place of the last one, which is returned."""
    quiet_ultralytics()
    import torch

    from pillapp.training.loop import mean_of

    saved = [torch.load(path, map_location="cpu", weights_only=False) for path in checkpoints]
    networks = [(each.get("ema") or each["model"]).float() for each in saved]
    networks[0].load_state_dict(mean_of([network.state_dict() for network in networks]))
    last = run_dir() / "run" / "weights" / "last.pt"
    torch.save({"model": networks[0].half(), "ema": None}, last)
    return last


def export(checkpoint: Path, version: str, threshold: float, doubt: float) -> None:
    """Write ``models/detector.onnx`` (half-precision weights, any height and width), ``.pt`` and the card."""
    quiet_ultralytics()
    import torch
    from ultralytics import YOLO

    target = models_dir() / "detector"
    staging = run_dir() / "export"
    staging.mkdir(parents=True, exist_ok=True)
    saved = torch.load(checkpoint, map_location="cpu", weights_only=False)
    network = (saved.get("ema") or saved["model"]).half()
    for parameter in network.parameters():
        parameter.requires_grad = False
    # only what ultralytics needs to load it: no optimizer, no paths of the machine it was trained on
    network.args = {"task": "detect", "imgsz": INPUT_SIZE, "single_cls": False}
    network.pt_path = "detector.pt"
    torch.save(
        {"model": network, "train_args": dict(network.args), "license": "AGPL-3.0-or-later"}, target.with_suffix(".pt")
    )
    shutil.copy(target.with_suffix(".pt"), staging / "detector.pt")
    exported = YOLO(str(staging / "detector.pt")).export(
        format="onnx", dynamic=True, simplify=True, imgsz=INPUT_SIZE, device="cpu"
    )
    store_half(Path(exported), target.with_suffix(".onnx"))
    write_card(
        target,
        (".onnx", ".pt"),
        {
            "name": "pill-detector",
            "task": "detect",
            "version": version,
            "architecture": "YOLO11n",
            "input": INPUT_SIZE,
            "stride": 32,
            "colour": "RGB",
            "scale": "1/255",
            "pad_value": 114,
            "classes": ["pill"],
            "confidence_threshold": round(threshold, 3),
            "doubt_threshold": round(doubt, 3),
            "nms_iou": NMS_IOU,
        },
    )


def export_and_fit(version: str) -> tuple[float, float]:
    """Export the last checkpoint; its confidence and doubt thresholds, fitted on held-out pictures, are returned."""
    from pillapp.training.detection.evaluate import Way, network_finder, run
    from pillapp.training.detection.metrics import fit_doubt, fit_threshold
    from pillapp.training.detection.sets import with_labels
    from pillapp.vision.engines import choose_engine

    checkpoint = run_dir() / "run" / "weights" / "last.pt"
    export(checkpoint, version, 0.25, 0.25)
    session = choose_engine("cpu").engine.load(models_dir() / "detector")
    way = Way("held-out pictures", network_finder(session, INPUT_SIZE, NMS_IOU), 0.25, 0.25)
    results = run(with_labels(held_out_pictures()), way)
    threshold = fit_threshold(results)
    doubt = fit_doubt(results, threshold)
    export(checkpoint, version, threshold, doubt)
    return threshold, doubt
