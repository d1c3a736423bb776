"""The sheet on a photo: found by its edges, and freed of the desk around it."""

import cv2
import numpy as np
from scipy import ndimage
from skimage.segmentation import watershed

SIDE = 240  # pixels of the longer side of the small copy that the sheet is sought on
WRITING = 9  # pixels of that copy: what is narrower is writing, ruling or the grain of a desk
RIM = 0.015  # of the copy, at its border, is taken for the desk, and its middle for the sheet
MIDDLE = slice(0.36, 0.64)
SMALLEST = 0.25  # of the photo
FILLED = 0.9, 1.1  # area of the sheet over that of the quadrilateral around it
UNEVEN = 0.3  # of the slope at its edges is that on most of a sheet
REACH = 4  # pixels to both sides of an edge
STEP = 0.1  # in the logarithm of the brightness, at an edge of a sheet
LEAST_STEP, SHARE = 0.04, 0.8  # so much of it at least, on this share of the edge
EDGES = 2  # straight edges at least, for the edge of a shadow is one, too


def without_desk(grey: np.ndarray) -> np.ndarray:
    """Return a photo (H, W), 0 to 1, with the sheet's brightness in place of what is around it.

    From the border and from the middle the brightness is flooded until both meet (watershed); they
    meet at the sheet's edges. Where these are no straight steps, the photo stays as it is.
    """
    factor = SIDE / max(grey.shape)
    size = [max(1, round(side * factor)) for side in grey.shape[::-1]]
    shrink = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    levels = np.log(cv2.resize(grey, size, interpolation=shrink) + np.float32(0.05))
    for operation in (cv2.MORPH_CLOSE, cv2.MORPH_OPEN):
        levels = cv2.morphologyEx(levels, operation, np.ones((WRITING, WRITING), np.uint8))
    outside = _outside(levels)
    if not outside.any():
        return grey
    soft = cv2.dilate(outside.astype(np.uint8), np.ones((2 * REACH + 1, 2 * REACH + 1), np.uint8))
    nearest = ndimage.distance_transform_edt(soft, return_distances=False, return_indices=True)
    paper = cv2.resize((np.exp(levels) - 0.05)[tuple(nearest)], grey.shape[::-1])
    hidden = cv2.resize(outside.astype(np.float32), grey.shape[::-1]) > 0.01
    return np.where(hidden, paper.clip(0, 1), grey)


def _outside(levels: np.ndarray) -> np.ndarray:
    """Return what lies beyond the sheet's edges, (H, W) bool."""
    outside = np.zeros(levels.shape, dtype=bool)
    if min(levels.shape) < 4 * REACH:
        return outside
    rows, columns = (
        slice(int(MIDDLE.start * side), int(MIDDLE.stop * side) + 1) for side in levels.shape
    )
    marks = np.ones(levels.shape, np.int32)
    rim = max(1, round(RIM * max(levels.shape)))
    marks[rim:-rim, rim:-rim] = 0
    marks[rows, columns] = 2
    slope = cv2.morphologyEx(levels, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    sheet = (watershed(slope, marks) == 2).astype(np.uint8)
    corners = _quadrilateral(sheet)
    filled = sheet.sum() / max(1.0, cv2.contourArea(corners))
    if sheet.mean() < SMALLEST or not FILLED[0] < filled < FILLED[1] or not _even(slope, sheet):
        return outside
    edges = [
        beyond
        for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)
        if (beyond := _beyond(levels, a, b, corners.mean(axis=0))) is not None
    ]
    return np.any(edges, axis=0) if len(edges) >= EDGES else outside


def _even(slope: np.ndarray, sheet: np.ndarray) -> bool:
    """Tell a sheet, even apart from an edge of a shadow on it, from a large digit."""
    box = np.ones((WRITING, WRITING), np.uint8)
    inner = cv2.erode(sheet, box) > 0
    edge = cv2.morphologyEx(sheet, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    return inner.any() and np.quantile(slope[inner], 0.8) < UNEVEN * np.median(slope[edge])


def _quadrilateral(sheet: np.ndarray) -> np.ndarray:
    """Return the four corners (4, 2), column and row, around a sheet (H, W) of ones."""
    contours, _ = cv2.findContours(sheet, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.convexHull(max(contours, key=cv2.contourArea))
    for share in np.arange(0.01, 0.1, 0.01):
        corners = cv2.approxPolyDP(hull, share * cv2.arcLength(hull, True), True)[:, 0]
        if len(corners) == 4:
            return corners.astype(np.float32)
    return cv2.boxPoints(cv2.minAreaRect(hull))


def _beyond(
    levels: np.ndarray, a: np.ndarray, b: np.ndarray, middle: np.ndarray
) -> np.ndarray | None:
    """Return what lies beyond the edge from a to b, (H, W) bool; None if there is no edge."""
    along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
    inward = np.array([-along[1], along[0]], np.float32)
    inward *= np.sign(inward @ (middle - a))
    places = a + np.linspace(0.08, 0.92, 40, dtype=np.float32)[:, np.newaxis] * (b - a)
    step = np.subtract(
        *(
            cv2.remap(levels, (places + shift * inward)[np.newaxis], None, cv2.INTER_LINEAR,
                      borderMode=cv2.BORDER_CONSTANT, borderValue=float("nan"))[0]
            for shift in (REACH, -REACH)
        )
    )  # fmt: skip
    step = np.nan_to_num(step * np.sign(np.nanmedian(step)))  # none, beyond the photo
    if np.median(step) < STEP or np.mean(step > LEAST_STEP) < SHARE:
        return None
    rows, columns = np.mgrid[: levels.shape[0], : levels.shape[1]]
    return (columns - a[0]) * inward[0] + (rows - a[1]) * inward[1] < 2
