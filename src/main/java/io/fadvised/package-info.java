/** The daemon: its life cycle and the construction of its parts. */
@NullMarked
package io.fadvised;

import org.jspecify.annotations.NullMarked;
