package io.fadvised.metrics;

import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.jmx.JmxReporter;
import java.util.concurrent.TimeUnit;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;

/**
 * Exports all metrics, devices and {@link ControlMXBean} to the JMX domain {@code io.fadvised}:
 * {@code io.fadvised:type=Host,name=pressure}, {@code io.fadvised:type=Device,device=loop3}. Times
 * are in microseconds, rates per second. Metrics follow those of the registry.
 */
public final class JmxExport implements AutoCloseable {
  static final String DOMAIN = "io.fadvised";

  private final MBeanServer server;
  private final MetricRegistry registry;
  private final DeviceBeans devices;
  private final ControlMXBean control;
  private @Nullable JmxReporter reporter;

  public JmxExport(
      MBeanServer server, MetricRegistry registry, DeviceBeans devices, ControlMXBean control) {
    this.server = server;
    this.registry = registry;
    this.devices = devices;
    this.control = control;
  }

  /**
   * Registers the MBeans, if they are not registered. May be called again after {@link #close}.
   *
   * @throws IllegalStateException if another fadvised is registered with the MBean server
   */
  public synchronized void start() {
    if (reporter != null) {
      return;
    }
    registerControl();
    JmxReporter started =
        JmxReporter.forRegistry(registry)
            .registerWith(server)
            .inDomain(DOMAIN)
            .createsObjectNamesWith(new ObjectNames())
            .convertDurationsTo(TimeUnit.MICROSECONDS) // most durations are those of system calls
            .convertRatesTo(TimeUnit.SECONDS)
            .build();
    started.start();
    devices.start();
    reporter = started;
  }

  /** Unregisters the MBeans, if they are registered. */
  @Override
  public synchronized void close() {
    if (reporter != null) {
      reporter.close();
      reporter = null;
      devices.close();
      unregisterControl();
    }
  }

  private void registerControl() {
    try {
      server.registerMBean(new DescribedBean(control, ControlMXBean.class), controlName());
    } catch (JMException e) {
      throw new IllegalStateException(
          ControlMXBean.NAME + " cannot be registered: " + e.getMessage(), e);
    }
  }

  private void unregisterControl() {
    try {
      server.unregisterMBean(controlName());
    } catch (InstanceNotFoundException e) {
      // already unregistered
    } catch (JMException e) {
      throw new IllegalStateException(
          ControlMXBean.NAME + " cannot be unregistered: " + e.getMessage(), e);
    }
  }

  private static ObjectName controlName() throws MalformedObjectNameException {
    return new ObjectName(ControlMXBean.NAME);
  }
}
