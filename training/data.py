"""Photos and keypoints -> canonical crops, the same way the extension cuts them.

Conventions (the TypeScript engine mirrors them): continuous pixel coordinates, the centre of pixel (column c, row r)
is (c + 0.5, r + 0.5). The similarity transform takes photo coordinates to template units; output pixel i of the
crop sits at (i + 0.5) / 256 * 160 - 24 template units.
"""
import json
import os
from pathlib import Path

import numpy as np
from PIL import Image

TEMPLATE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])
TARGETS = np.vstack([TEMPLATE[:3], TEMPLATE[3:].mean(0)])  # right eye, left eye, nose tip, mouth centre
BOX_START, BOX_SIDE, CROP_SIZE = -24.0, 160.0, 256
HERE = Path(__file__).resolve().parent
KEYPOINTS_FILE = HERE / "data" / "keypoints.jsonl"
CACHE = HERE / "data" / "crops"


def data_root():
    return Path(os.environ.get("NULLSWAP_DATA", HERE.parent.parent / "shared"))


def similarity_transform(source, target=TARGETS):
    """Least squares scale, rotation, shift (Umeyama, no reflection) taking N x 2 `source` to `target`, as 2 x 3."""
    source, target = np.asarray(source, float), np.asarray(target, float)
    a, b = source - source.mean(0), target - target.mean(0)
    energy = (a ** 2).sum()
    cosine = (a * b).sum() / energy
    sine = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / energy
    rotation = np.array([[cosine, -sine], [sine, cosine]])
    return np.hstack([rotation, (target.mean(0) - rotation @ source.mean(0))[:, None]])


def canonical_crop(photo, keypoints):
    """PIL photo and its first four keypoints (pixels) -> 256 x 256 x 3 uint8.

    Where the photo is larger than the crop it is first reduced by an area average of a whole factor, so that the
    bilinear sampling that follows does not alias.
    """
    to_template = similarity_transform(np.asarray(keypoints)[:4])
    pixels_per_unit = 1 / np.hypot(*to_template[:, 0])
    factor = max(1, int(pixels_per_unit * BOX_SIDE / CROP_SIZE))
    if factor > 1:
        photo = photo.reduce(factor)
        to_template = to_template * [[factor, factor, 1]]
    full = np.vstack([to_template, [0, 0, 1]])
    crop_to_template = np.array([[BOX_SIDE / CROP_SIZE, 0, BOX_START], [0, BOX_SIDE / CROP_SIZE, BOX_START], [0, 0, 1]])
    crop_to_photo = np.linalg.inv(full) @ crop_to_template
    # PIL evaluates the map at pixel centres (i + 0.5) itself.
    return np.asarray(photo.convert("RGB").transform((CROP_SIZE, CROP_SIZE), Image.AFFINE, crop_to_photo[:2].ravel(),
                                                     Image.BILINEAR))


def read_keypoints(path=KEYPOINTS_FILE):
    """[(file relative to the data root, faces)] as written by `npm run keypoints`."""
    with open(path) as lines:
        return [(row["file"], row["faces"]) for row in map(json.loads, lines)]


def _points(face):
    return [(p["x"], p["y"]) for p in face["keypoints"][:4]]


def _central(faces):
    """LFW names the person in the middle of its 250 x 250 photo."""
    def distance(face):
        box = face["box"]
        return abs(box["x"] + box["width"] / 2 - 125) + abs(box["y"] + box["height"] / 2 - 125)
    return min(faces, key=distance)


def split(seed=0, validation_photos=200):
    """LFW `train` people -> (train photos, validation photos): [(file, person)], people disjoint.

    The first half of the validation people with two or more photos gives genuine pairs as well.
    """
    people = json.loads((data_root() / "faces" / "lfw" / "identities.json").read_text())["train"]
    photos = {person: sorted((data_root() / "faces" / "lfw" / "images" / person).glob("*.jpg")) for person in people}
    order = list(people)
    np.random.default_rng(seed).shuffle(order)
    held, count = set(), 0
    for person in order:
        if count >= validation_photos:
            break
        held.add(person)
        count += min(len(photos[person]), 2)
    def listing(person, limit=None):
        return [(p.relative_to(data_root()).as_posix(), person) for p in photos[person][:limit]]
    train = [row for person in people if person not in held for row in listing(person)]
    validation = [row for person in order if person in held for row in listing(person, 2)]
    return train, validation


def _cut(rows, keypoints):
    crops, names = [], []
    for file, person in rows:
        faces = keypoints.get(file)
        if faces:
            crops.append(canonical_crop(Image.open(data_root() / file), _points(_central(faces))))
            names.append(person)
    return np.stack(crops), np.array(names)


def _cut_montages(keypoints, smallest=100):
    """Every face of the SFHQ montages whose crop has at least `smallest` pixels a side."""
    crops = []
    for file, faces in keypoints.items():
        if "/sfhq/" not in file:
            continue
        photo = Image.open(data_root() / file)
        for face in faces:
            unit = np.hypot(*similarity_transform(_points(face))[:, 0])
            if BOX_SIDE / unit >= smallest and face["score"] > 0.6:
                crops.append(canonical_crop(photo, _points(face)))
    return np.stack(crops) if crops else np.zeros((0, CROP_SIZE, CROP_SIZE, 3), np.uint8)


def load_crops(seed=0, validation_photos=200):
    """(train crops N x 256 x 256 x 3 uint8, validation crops, validation people); cut once, then memory-mapped."""
    files = [CACHE / f"{name}-{seed}-{validation_photos}.npy" for name in ("train", "validation", "people")]
    if not all(f.exists() for f in files):
        CACHE.mkdir(parents=True, exist_ok=True)
        keypoints = dict(read_keypoints())
        train, validation = split(seed, validation_photos)
        crops, _ = _cut(train, keypoints)
        held, people = _cut(validation, keypoints)
        for path, array in zip(files, (np.concatenate([crops, _cut_montages(keypoints)]), held, people)):
            partial = path.with_suffix(".partial.npy")
            np.save(partial, array)
            partial.replace(path)
    return np.load(files[0], mmap_mode="r"), np.load(files[1]), np.load(files[2])


def portrait_crops(names=None):
    """{name: canonical crop} of the CC0 portraits with detected faces: for looking and for parity, not for training."""
    crops = {}
    for file, faces in read_keypoints():
        name = Path(file).stem
        if "/portraits/" in file and faces and (names is None or name in names):
            crops[name] = canonical_crop(Image.open(data_root() / file), _points(max(faces, key=lambda f: f["box"]["width"])))
    return crops


if __name__ == "__main__":
    train_crops, validation_crops, _ = load_crops()
    print(f"{len(train_crops)} training crops, {len(validation_crops)} validation crops")
