/**
 * The operator's configuration: HOCON in, settings valid from construction out, problems together.
 */
@NullMarked
package io.fadvised.config;

import org.jspecify.annotations.NullMarked;
