/**
 * Direct I/O of loop devices, which makes fadvised superfluous: the storage of the backing file,
 * the cause if direct I/O is off, and the commands that enable it.
 */
@NullMarked
package io.fadvised.directio;

import org.jspecify.annotations.NullMarked;
