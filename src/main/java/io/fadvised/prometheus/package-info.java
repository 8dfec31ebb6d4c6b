/** Metrics in Prometheus's text format: for a command, a file and an HTTP port. */
@NullMarked
package io.fadvised.prometheus;

import org.jspecify.annotations.NullMarked;
