"""Things, lamps and a camera in; light per pixel and what every pixel sees out. The only module that speaks to Mitsuba."""

from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Final

import numpy as np

from pillapp.training.render.camera import Camera
from pillapp.training.render.mesh import Mesh, joined
from pillapp.training.render.surface import Surface, pack
from pillapp.training.render.variant import load_mitsuba

_DEPTH: Final = 4  # bounces: lamp, thing, ground and back are enough between matt things
_CLEAR_DEPTH: Final = 9  # light that enters and leaves one thing behind another
_PINHOLE: Final = 1e-4  # mm; the radius of a lens that leaves everything sharp
_CORNERS: Final = ((-1, -1), (-1, 1), (1, 1), (1, -1))  # of a lamp, as it is seen from in front
_SMOOTHEST: Final = 0.03  # roughness; below it a lamp's reflection is a few bright pixels
_PLASTIC: Final = 1.49  # refractive index of gelatine and of blister film alike


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """A mesh with its look. ``label`` is 0 for what is no pill; labels see through a ``film``, as eyes do."""

    mesh: Mesh
    surface: Surface
    label: int = 0
    film: bool = False


@dataclass(frozen=True, slots=True)
class Lamp:
    """A lit rectangle of ``size`` mm at ``origin`` facing ``target``; ``radiance`` is linear RGB."""

    origin: tuple[float, float, float]
    target: tuple[float, float, float]
    size: tuple[float, float]
    radiance: tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Lighting:
    """One to three lamps, and the surroundings as light from all directions: (h, 2h, 3) linear RGB, zenith on top."""

    lamps: tuple[Lamp, ...]
    surroundings: np.ndarray


def expose(things: list[Thing], lighting: Lighting, camera: Camera, samples: int, seed: int) -> np.ndarray:
    """The light that reaches each pixel, (h, w, 3) float32 linear RGB, from ``samples`` rays a pixel."""
    mi = load_mitsuba()
    films = [thing.mesh for thing in things if thing.film]
    clear = bool(films) or any(thing.surface.clear > 0 for thing in things)
    description: dict[str, Any] = {
        "type": "scene",
        # only the second one looks for lamps through film
        "integrator": {"type": "volpath" if films else "path", "max_depth": _CLEAR_DEPTH if clear else _DEPTH},
        "surroundings": {
            "type": "envmap",
            "bitmap": mi.Bitmap(np.ascontiguousarray(lighting.surroundings, dtype=np.float32)),
            # Mitsuba's maps have Y up
            "to_world": mi.ScalarTransform4f().rotate([1, 0, 0], 90),
        },
        # at the same price it leaves half the noise of independent samples
        "sensor": _sensor(mi, camera, {"type": "multijitter", "sample_count": samples}),
    }
    for number, lamp in enumerate(lighting.lamps):
        description[f"lamp{number}"] = _lamp(mi, lamp)
    for number, group in enumerate(_alike([thing for thing in things if not thing.film])):
        description[f"shape{number}"] = _painted(mi, group)
    if films:
        look = mi.load_dict({"type": "thindielectric", "int_ior": _PLASTIC})  # too thin to bend the light
        description["films"] = _mesh(mi, joined(films), bsdf=look)
    light = mi.render(mi.load_dict(description), spp=samples, seed=seed)
    return np.array(light, dtype=np.float32)[:, :, :3]


def labels(things: list[Thing], camera: Camera) -> np.ndarray:
    """What the ray through the middle of each pixel meets first: (h, w) int32 of ``Thing.label``."""
    mi = load_mitsuba()
    solid = [thing for thing in things if not thing.film]
    shape = _mesh(mi, joined([thing.mesh for thing in solid]), bsdf=mi.load_dict({"type": "diffuse"}))
    exact = {"type": "stratified", "sample_count": 1, "jitter": False}
    sensor = _sensor(mi, replace(camera, aperture=0.0), exact)
    integrator = mi.load_dict({"type": "aov", "aovs": "triangle:prim_index,way:depth"})
    scene = mi.load_dict({"type": "scene", "everything": shape})
    met = np.array(mi.render(scene, sensor=sensor, integrator=integrator, spp=1))
    owner = np.repeat([thing.label for thing in solid], [len(thing.mesh.faces) for thing in solid])
    return np.where(met[:, :, 1] > 0, owner[np.rint(met[:, :, 0]).astype(np.int64)], 0).astype(np.int32)


def _alike(things: list[Thing]) -> list[list[Thing]]:
    """Things that can be one shape of the renderer, together: the fewer shapes, the faster it is."""
    groups: dict[tuple[float, ...], list[Thing]] = {}
    for number, thing in enumerate(things):
        surface = thing.surface
        tiled = thing.mesh.uv.min() < 0 or thing.mesh.uv.max() > 1  # the picture goes on: it cannot share a sheet
        key = (surface.roughness, surface.gloss, surface.metallic, surface.clear, number if tiled else -1)
        groups.setdefault(key, []).append(thing)
    return list(groups.values())


def _sensor(mi: ModuleType, camera: Camera, sampler: dict[str, Any]) -> Any:
    sensor = mi.load_dict(
        {
            "type": "thinlens",
            "aperture_radius": 1.0,
            "fov": float(np.rad2deg(camera.fov)),
            "near_clip": 1.0,
            "far_clip": 1e5,
            "to_world": mi.ScalarTransform4f().look_at(
                origin=list(camera.origin), target=list(camera.target), up=(-camera.axes()[1]).tolist()
            ),
            "film": {
                "type": "hdrfilm",
                "width": camera.width,
                "height": camera.height,
                "rfilter": {"type": "box"},
                "pixel_format": "rgb",
            },
            "sampler": sampler,
        }
    )
    parameters = mi.traverse(sensor)
    parameters["aperture_radius"] = _data(mi, max(camera.aperture, _PINHOLE))
    parameters["focus_distance"] = _data(mi, camera.distance)
    parameters.update()
    return sensor


def _data(mi: ModuleType, value: float) -> Any:
    """A number that a compiled kernel reads; without this it is built into the kernel, and each camera compiles anew."""
    if mi.variant().startswith("scalar"):
        return float(value)
    import drjit

    return drjit.opaque(mi.Float, value)


def _lamp(mi: ModuleType, lamp: Lamp) -> Any:
    """A lamp as a mesh: its corners are data to a compiled kernel, a rectangle's place would be built into it."""
    towards = np.subtract(lamp.target, lamp.origin)
    towards = towards / np.linalg.norm(towards)
    across = np.cross(towards, (0.0, 0.3, 0.95))
    across /= np.linalg.norm(across)
    along = np.cross(towards, across)
    corners = [u * across * lamp.size[0] / 2 + v * along * lamp.size[1] / 2 for u, v in _CORNERS]
    vertices = (np.array(corners) + lamp.origin).astype(np.float32)
    emitter = mi.load_dict({"type": "area", "radiance": {"type": "rgb", "value": list(lamp.radiance)}})
    normals = np.tile(towards.astype(np.float32), (4, 1))
    square = np.array([(0, 1, 2), (0, 2, 3)], dtype=np.uint32)
    return _mesh(mi, Mesh(vertices, normals, np.zeros((4, 2), np.float32), square), emitter=emitter)


def _painted(mi: ModuleType, things: list[Thing]) -> Any:
    """Things that differ in their pictures alone as one shape.

    Every material has the same parts, so that one compiled kernel serves nearly all scenes.
    """
    surface = things[0].surface
    sheet, places = surface.base, [things[0].mesh.uv]
    if len(things) > 1:
        sheet, places = pack([(thing.surface.base, thing.mesh.uv) for thing in things])
    look: dict[str, Any] = {
        "type": "principled",
        "base_color": {
            "type": "bitmap",
            "bitmap": mi.Bitmap(np.ascontiguousarray(sheet, dtype=np.float32)),
            "raw": True,
            "wrap_mode": "mirror",
        },
        "roughness": max(surface.roughness, _SMOOTHEST),
        "clearcoat": max(surface.gloss, 0.01),
        "clearcoat_gloss": 0.95,
    }
    if surface.clear > 0:
        look |= {"spec_trans": surface.clear, "eta": _PLASTIC}
    else:
        look = {"type": "twosided", "material": {**look, "metallic": max(surface.metallic, 0.001)}}
    mesh = joined([replace(thing.mesh, uv=uv) for thing, uv in zip(things, places, strict=True)])
    return _mesh(mi, mesh, bsdf=mi.load_dict(look))


def _mesh(mi: ModuleType, mesh: Mesh, **parts: Any) -> Any:
    """Mitsuba's mesh with its ``parts``: a material, an emitter."""
    properties = mi.Properties()
    for name, part in parts.items():
        properties[name] = part
    shape = mi.Mesh(
        "mesh",
        len(mesh.vertices),
        len(mesh.faces),
        has_vertex_normals=True,
        has_vertex_texcoords=True,
        props=properties,
    )
    parameters = mi.traverse(shape)
    parameters["vertex_positions"] = mesh.vertices.ravel()
    parameters["faces"] = mesh.faces.ravel()
    parameters["vertex_normals"] = mesh.normals.ravel()
    parameters["vertex_texcoords"] = mesh.uv.ravel()
    parameters.update()
    return shape
