/**
 * The page cache of one file: what is resident (mincore, cachestat), and evicting it
 * (POSIX_FADV_DONTNEED), with the result measured, not assumed.
 */
@NullMarked
package io.fadvised.pagecache;

import org.jspecify.annotations.NullMarked;
