package io.fadvised.linux;

/**
 * The result of cachestat(2) for a range, in pages. The two "evicted" counts are left out:
 * POSIX_FADV_DONTNEED leaves no shadow entries, so they do not count our own evictions.
 *
 * @param residentPages pages in the page cache
 * @param dirtyPages resident pages that are dirty
 * @param writebackPages resident pages that are being written
 */
public record CacheStat(long residentPages, long dirtyPages, long writebackPages) {}
