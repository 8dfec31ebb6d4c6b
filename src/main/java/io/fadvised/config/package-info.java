/** Reads the operator's configuration from HOCON into valid settings, or reports all problems. */
@NullMarked
package io.fadvised.config;

import org.jspecify.annotations.NullMarked;
