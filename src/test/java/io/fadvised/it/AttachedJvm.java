package io.fadvised.it;

import com.sun.tools.attach.VirtualMachine;
import io.fadvised.metrics.ControlMXBean;
import java.io.IOException;
import javax.management.JMX;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** A connection to a daemon's JVM, attached like JConsole. */
final class AttachedJvm implements AutoCloseable {
  final MBeanServerConnection beans;
  final ControlMXBean control;
  private final VirtualMachine machine;
  private final JMXConnector connector;

  @SuppressWarnings("BanJNDI") // the address comes from the attached JVM
  AttachedJvm(String process) throws Exception {
    machine = VirtualMachine.attach(process);
    connector = JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()));
    beans = connector.getMBeanServerConnection();
    control = JMX.newMXBeanProxy(beans, new ObjectName(ControlMXBean.NAME), ControlMXBean.class);
  }

  @Override
  public void close() throws IOException {
    connector.close();
    machine.detach();
  }
}
