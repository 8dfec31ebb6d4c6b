package io.fadvised.linux;

/**
 * What cachestat(2) counts of a range, in pages. The two "evicted" counts of the call are left out:
 * POSIX_FADV_DONTNEED leaves no shadow entries, so they say nothing about our own evictions.
 *
 * @param residentPages pages in the page cache
 * @param dirtyPages those of them that are dirty
 * @param writebackPages those of them being written
 */
public record CacheStat(long residentPages, long dirtyPages, long writebackPages) {}
