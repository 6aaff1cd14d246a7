"""Grouping vectors of length one by likeness: average linkage, and how many groups there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


def average_linkage(distances: Array) -> list[tuple[float, int, int]]:
    """The merges ``(height, a, b)`` of hierarchical clustering, lowest first; a and b are members of what is merged.

    ``distances`` is square and symmetric. Nearest-neighbour chains: O(n^2) time, one copy of the matrix.
    """
    left = distances.astype(np.float32)
    count = len(left)
    np.fill_diagonal(left, np.inf)
    sizes = np.ones(count, np.float32)
    alive = np.ones(count, bool)
    merges: list[tuple[float, int, int]] = []
    chain: list[int] = []
    while len(merges) < count - 1:
        if not chain:
            chain.append(int(np.flatnonzero(alive)[0]))
        at = chain[-1]
        near = int(left[at].argmin())
        if len(chain) > 1 and left[at, chain[-2]] <= left[at, near]:
            near = chain[-2]
        if len(chain) < 2 or near != chain[-2]:
            chain.append(near)
            continue
        del chain[-2:]
        merges.append((float(left[at, near]), at, near))
        row = (sizes[at] * left[at] + sizes[near] * left[near]) / (sizes[at] + sizes[near])
        row[at] = row[near] = np.inf
        left[near], left[:, near] = row, row
        left[at], left[:, at] = np.inf, np.inf
        alive[at] = False
        sizes[near] += sizes[at]
    return sorted(merges)


def cut(merges: list[tuple[float, int, int]], groups: int) -> Labels:
    """Labels 0.. of the members when all but the last ``groups - 1`` merges are made."""
    count = len(merges) + 1
    parent = list(range(count))

    def root(member: int) -> int:
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    for _, a, b in merges[: count - groups]:
        parent[root(a)] = root(b)
    return np.unique([root(member) for member in range(count)], return_inverse=True)[1]


@dataclass(frozen=True, slots=True)
class Grouping:
    """``middles``: one direction a group; ``silhouette`` -1..1; ``likeness`` the cosine of the two most alike."""

    middles: Array
    silhouette: float
    likeness: float


def groupings(vectors: Array, most: int, least: int) -> list[Grouping]:
    """Divisions into 2 ... ``most`` groups of at least ``least`` members; smaller ones go to what they are nearest.

    The tree is cut into more groups than wanted too: where a few outliers stand apart, groups of substance only come
    up after them.
    """
    distances = 1 - vectors @ vectors.T
    merges = average_linkage(distances)
    found = []
    for groups in range(2, min(3 * most, len(vectors)) + 1):
        labels = cut(merges, groups)
        sizes = np.bincount(labels)
        large = np.flatnonzero(sizes >= least)
        if not 2 <= len(large) <= most:
            continue
        middles = centroids(vectors, labels)[large]
        for _ in range(2):
            labels = (vectors @ middles.T).argmax(axis=1)
            if len(np.unique(labels)) < len(middles):
                break
            middles = centroids(vectors, labels)
        else:
            found.append(Grouping(middles, silhouette(distances, labels), likeness(middles)))
    return found


def silhouette(distances: Array, labels: Labels) -> float:
    """Mean silhouette (Rousseeuw 1987) of a division; members of groups of one count as 0."""
    member = np.eye(int(labels.max()) + 1, dtype=np.float32)[labels]
    sizes = member.sum(axis=0)
    sums = distances @ member
    own = sums[np.arange(len(labels)), labels] / np.maximum(sizes[labels] - 1, 1)
    others = np.where(member > 0, np.inf, sums / sizes)
    other = others.min(axis=1)
    values = np.where(sizes[labels] > 1, (other - own) / np.maximum(np.maximum(own, other), 1e-9), 0)
    return float(values.mean())


def centroids(vectors: Array, labels: Labels) -> Array:
    """The mean direction of each group."""
    sums = np.stack([vectors[labels == group].sum(axis=0) for group in range(int(labels.max()) + 1)])
    return cast("Array", sums / (np.linalg.norm(sums, axis=1, keepdims=True) + 1e-9))


def likeness(middles: Array) -> float:
    """The greatest cosine between two of several directions."""
    products = middles @ middles.T
    np.fill_diagonal(products, -1)
    return float(products.max())
