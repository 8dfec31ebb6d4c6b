/** {@code fadvised top}: a live view of the daemon, or of the host without one. */
@NullMarked
package io.fadvised.cli.top;

import org.jspecify.annotations.NullMarked;
