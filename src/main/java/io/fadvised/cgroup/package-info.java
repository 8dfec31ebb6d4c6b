/** Memory cgroups with a limit: who runs short at its own limit, and on which loop devices. */
@NullMarked
package io.fadvised.cgroup;

import org.jspecify.annotations.NullMarked;
