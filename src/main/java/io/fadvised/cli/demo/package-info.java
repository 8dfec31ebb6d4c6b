/** The newcomer's first minute: double caching made, shown, and undone by the real engine. */
@NullMarked
package io.fadvised.cli.demo;

import org.jspecify.annotations.NullMarked;
