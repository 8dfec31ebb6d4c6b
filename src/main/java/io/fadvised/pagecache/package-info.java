/**
 * The page cache of one file: its residency (mincore, cachestat), and its eviction
 * (POSIX_FADV_DONTNEED), whose result is measured.
 */
@NullMarked
package io.fadvised.pagecache;

import org.jspecify.annotations.NullMarked;
