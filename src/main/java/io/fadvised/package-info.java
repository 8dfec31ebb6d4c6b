/** The daemon itself: its life cycle, and the place where its parts are put together. */
@NullMarked
package io.fadvised;

import org.jspecify.annotations.NullMarked;
