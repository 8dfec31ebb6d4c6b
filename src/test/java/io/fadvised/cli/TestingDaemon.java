package io.fadvised.cli;

import io.fadvised.metrics.ControlMXBean;
import io.fadvised.metrics.FakeControl;
import java.lang.management.ManagementFactory;
import javax.management.ObjectName;

/** A process with the JMX control of a daemon, until its standard input ends. */
final class TestingDaemon {
  private TestingDaemon() {}

  public static void main(String[] args) throws Exception {
    if (args.length == 0) {
      ManagementFactory.getPlatformMBeanServer()
          .registerMBean(new FakeControl(), new ObjectName(ControlMXBean.NAME));
    }
    System.out.println("ready");
    while (System.in.read() >= 0) {
      // wait for end of file
    }
  }
}
