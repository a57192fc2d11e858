/**
 * The only room that touches ND4J's internals: how an op of ours comes to run, how a saved graph finds it, what runs underneath.
 *
 * <h2>How ops in Java run inside ND4J 1.0.0-M2.1</h2>
 *
 * <p>M2.1 executes every custom op by handing its hash to the C++ library; an op that the library does not know cannot run. Three
 * things are needed, and each could be done in several ways:
 *
 * <table>
 *   <caption>What was chosen, and what was not</caption>
 *   <tr><th>need</th><th>chosen</th><th>not chosen, because</th></tr>
 *   <tr>
 *     <td>an executioner that runs {@link org.revlayers.internal.backend.JavaOp}s</td>
 *     <td>{@link org.revlayers.internal.backend.RevlayersCpuExecutioner}, a subclass of ND4J's own</td>
 *     <td>{@code SameDiff.bindInferenceFactory} reaches {@code output} but not {@code fit}, and not {@code Nd4j.exec}</td>
 *   </tr>
 *   <tr>
 *     <td>ND4J has to pick that executioner</td>
 *     <td>ND4J's service interface for backends: {@link org.revlayers.internal.backend.RevlayersBackend} in {@code META-INF/services}, one
 *       priority step above the CPU backend that it wraps</td>
 *     <td>{@code -Dopexec=...} does the same, but is a flag that every user of a saved model would have to know; a static
 *       initialiser of ours does not run in a JVM that only loads a graph</td>
 *   </tr>
 *   <tr>
 *     <td>a saved graph has to find the op classes</td>
 *     <td>{@link org.revlayers.internal.backend.OpCatalog} adds them to ND4J's live map of op names, when ND4J's holder of op classes
 *       asks the executioner for its ops, which is before it resolves any name</td>
 *     <td>at start-up: it would initialise some 700 op classes in programs that never load a graph</td>
 *   </tr>
 *   <tr>
 *     <td>stock graphs have to compute the right values with ND4J's array cache on</td>
 *     <td>the executioner gives a session shapes in 'c' order alone: the cache changes the order of an array where an op asks for 'f',
 *       and not its strides</td>
 *     <td>turning the cache off for the whole program would change the speed and memory of graphs of other users</td>
 *   </tr>
 * </table>
 *
 * <p>So a JVM with this jar on its class path loads and runs such a graph with no flag and no call. {@code -Dopexec} still wins if given.
 *
 * <p>Without {@code nd4j-native} on the class path the service says that it is not available and loads nothing else: a CUDA-only
 * program is not disturbed. On CUDA the ops do not run yet: that backend needs its own executioner (a subclass of
 * {@code CudaExecutioner}) and kernels that read device memory.
 *
 * <p>{@link org.revlayers.internal.backend.JavaOp} follows the contract of upstream's later {@code UserDefinedCustomOp}
 * ({@code exec(OpContext)}, shapes known before execution), so that moving to a release that has it is a change of this package.
 */
package org.revlayers.internal.backend;
