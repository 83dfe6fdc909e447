/**
 * How good the answers are: measures of one answer ({@link org.precedent.evaluation.metric.Score}),
 * what trivial methods reach on the same supports ({@link org.precedent.evaluation.Baselines}), and
 * the papers' protocols. Every protocol runs on a {@link org.precedent.evaluation.EvaluationSetup}:
 * one dataset, one network, one embedder.
 *
 * <table>
 *   <caption>Protocols</caption>
 *   <tr><td>{@link org.precedent.evaluation.protocol.LeaveOneOut}</td><td>every query from the others; also
 *   what the sweeps over support size and the comparison of levels are made of</td></tr>
 *   <tr><td>{@link org.precedent.evaluation.protocol.TemperatureSweep}</td><td>tau chosen on half of the
 *   patients, reported on the others</td></tr>
 *   <tr><td>{@link org.precedent.evaluation.protocol.RetrievalGain}</td><td>generic sets against retrieved
 *   ones, fresh pools</td></tr>
 *   <tr><td>{@link org.precedent.evaluation.protocol.Robustness}</td><td>falsified masks, absent and other
 *   targets</td></tr>
 *   <tr><td>{@link org.precedent.evaluation.protocol.ConfidenceCheck}</td><td>predicted against true Dice of
 *   queries that did not calibrate the prediction</td></tr>
 * </table>
 *
 * <p>Ways of choosing supports implement {@link org.precedent.evaluation.SupportChooser}. Those of
 * the product come from {@link org.precedent.evaluation.PoolRetrieval}, which searches candidates
 * in memory as the service searches its pools, so that the same candidates and query have the same
 * supports and weights.
 *
 * <p>Conventions:
 *
 * <ul>
 *   <li>Dice is hard and at the query's own size unless a name says otherwise.
 *   <li>Two empty masks overlap fully (Dice and IoU 1) and lie at distance 0. Where one of two is
 *       empty, the overlap is 0 and the distance the diagonal of the image, so that no mean leaves
 *       out a query that failed. Protocols do not ask for a label that a query does not have, so
 *       that no mean over queries holds an empty truth; {@link
 *       org.precedent.evaluation.protocol.Robustness} asks for it on purpose and reports it apart.
 *   <li>A query is never supported by itself, its patient, or its {@linkplain
 *       org.precedent.evaluation.NearDuplicates twin}.
 *   <li>Means are over queries, standard deviations those of a sample (n - 1), intervals 95% from
 *       resampling patients.
 *   <li>One seed gives the same queries, random supports and intervals, whatever the network.
 * </ul>
 *
 * <p>Forbidden imports: Lucene, Hibernate, JAX-RS, DJL, ImageIO.
 */
@NullMarked
package org.precedent.evaluation;

import org.jspecify.annotations.NullMarked;
