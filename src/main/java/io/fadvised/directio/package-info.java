/**
 * Whether a loop device can do direct I/O, which makes fadvised superfluous for it: what its
 * backing file lies on, what stands in the way, and the commands that cure it.
 */
@NullMarked
package io.fadvised.directio;

import org.jspecify.annotations.NullMarked;
