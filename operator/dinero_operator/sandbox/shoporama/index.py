"""Orders by id and by modification, sorted, so that a page is found without looking at every order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter

from dinero_operator.sandbox.shoporama.quirks import Sort

_text = itemgetter(0)


class OrderIndex:
    """Keeps ids sorted, and (modification text, id) sorted. Texts are local time without zone, as the API compares them.

    That is the point of it: in the hour that autumn repeats, a later change can bear an earlier text.
    """

    def __init__(self) -> None:
        self._by_id: list[int] = []
        self._by_change: list[tuple[str, int]] = []
        self._changed: dict[int, str] = {}

    def put(self, order_id: int, changed: str) -> None:
        """Add an order, or move it to its new modification."""
        old = self._changed.get(order_id)
        if old is None:
            insort(self._by_id, order_id)
        else:
            del self._by_change[bisect_left(self._by_change, (old, order_id))]
        insort(self._by_change, (changed, order_id))
        self._changed[order_id] = changed

    def load(self, entries: Iterable[tuple[int, str]]) -> None:
        """Add many new orders at once: sorting once is what makes a hundred thousand quick."""
        for order_id, changed in entries:
            self._by_id.append(order_id)
            self._by_change.append((changed, order_id))
            self._changed[order_id] = changed
        self._by_id.sort()
        self._by_change.sort()

    def drop(self, order_id: int) -> None:
        """Forget an order."""
        changed = self._changed.pop(order_id)
        del self._by_id[bisect_left(self._by_id, order_id)]
        del self._by_change[bisect_left(self._by_change, (changed, order_id))]

    def page(
        self,
        *,
        sort: Sort,
        offset: int,
        limit: int,
        since: str | None = None,
        inclusive: bool = True,
        keep: Callable[[int], bool] | None = None,
    ) -> tuple[list[int], int]:
        """The ids of one page, and the number of all matches. ``keep`` looks at each match, which takes its time."""
        matches: Sequence[int] | None = None
        if since is not None:
            find = bisect_left if inclusive else bisect_right
            first = find(self._by_change, since, key=_text)
            matches = [order_id for _, order_id in self._by_change[first:]]
        elif keep is not None:
            matches = [order_id for _, order_id in self._by_change]
        if matches is not None:
            kept = matches if keep is None else [order_id for order_id in matches if keep(order_id)]
            ranked = sorted(kept) if sort.startswith("id") else list(kept)
            if sort.endswith("desc"):
                ranked.reverse()
            return ranked[offset : offset + limit], len(ranked)
        total = len(self._by_id)
        places = range(total)[::-1] if sort.endswith("desc") else range(total)
        window = places[offset : offset + limit]
        if sort.startswith("id"):
            return [self._by_id[place] for place in window], total
        return [self._by_change[place][1] for place in window], total
